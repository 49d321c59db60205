/** An app as GitHub hands it out when its manifest is taken, at a GitHub of one's own. */
export const scratchApp = {
  id: 5,
  slug: 'byway-acme',
  name: 'Byway acme',
  html_url: 'https://github.example.com/apps/byway-acme',
  owner: { login: 'acme' },
  permissions: { metadata: 'read', members: 'read' } as Record<string, string>,
  client_id: 'Iv23liExample',
  client_secret: 'c'.repeat(40),
  webhook_secret: 'w'.repeat(40),
  pem: 'PRIVATE KEY',
};
