/** What people do on the dashboard's pages. */
import type { Locator } from 'playwright-core';

/** `row`: of the preview. `seconds`: one of the choices. Waits until the row says so. */
export async function makePublic(row: Locator, seconds = '3600'): Promise<void> {
  await row.locator('summary', { hasText: 'Make public' }).click();
  await row.getByLabel('For', { exact: true }).selectOption(seconds);
  await row.getByRole('button', { name: 'Make public' }).click();
  await row.getByText('public', { exact: true }).waitFor();
}
