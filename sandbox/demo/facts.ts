/** What the demo tells: as JSON to programs, in words to people. */

export interface Facts {
  edge: { app: string; preview_domain: string };
  ingress: { url: string; host: string };
  preview: { url: string };
  intercept: { id: string; name: string; header: { name: string; value: string } | undefined };
  laptop: { url: string };
  github: { url: string };
  /** Its page at the stand-in for GitHub. */
  pull_request: { url: string };
  dashboard: { url: string };
  /** `role`: `admin`, `member`, `pending` or `outsider`. */
  users: { login: string; role: string }[];
  /** A service token for this preview. */
  token: string;
  pids: Record<string, number>;
}

export function summary({
  ingress,
  preview,
  intercept,
  github,
  pull_request: pull,
  dashboard,
  users,
  token,
}: Facts): string {
  const { name = '', value = '' } = intercept.header ?? {};
  const people = users.map(({ login, role }) => `  ${login.padEnd(8)} ${texts[role] ?? role}`);
  return `
The cluster's version:  ${ingress.url}
The laptop's version:   ${preview.url}

The preview is private: GitHub is asked who you are (here a sandbox, ${github.url}).
Choose one of
${people.join('\n')}

Its pull request:       ${pull.url}
shows the link, and takes comments: /preview public 2h, /preview private, /preview help.
Choose there as whom you act: GitHub is asked whether they may.

Its dashboard:          ${dashboard.url}
To be somebody else:    ${new URL(preview.url).origin}/.byway/logout

A program has a token:
  curl -H 'X-Byway-Token: ${token}' ${preview.url}

Only requests with this header reach the laptop; the preview URL adds it:
  curl -H '${name}: ${value}' ${ingress.url}

Ctrl-C ends everything.
`;
}

const texts: Readonly<Record<string, string>> = {
  admin: 'owner of the organisation, and of this preview',
  member: 'member: gets in',
  pending: 'invited, has not accepted: is told so',
  outsider: 'no member: stays out',
};
