/** `byway`: the commands. */
import { Command, CommanderError, Option } from 'commander';
import { RequestError } from '#protocol/requests.ts';
import { intercept, type InterceptOptions } from './commands/intercept.ts';
import { list } from './commands/list.ts';
import { login, logout, type LoginOptions } from './commands/login.ts';
import { leave, quit, status, type CommonOptions } from './commands/session.ts';
import { setupGitHub, type SetupGitHubOptions } from './commands/setup.ts';
import {
  createToken,
  listTokens,
  revokeToken,
  rotateToken,
  type CreateOptions,
  type ListOptions,
} from './commands/token.ts';
import { configFile } from './config.ts';
import { runDaemon } from './daemon/main.ts';
import { ExitCode, exitCodeOf, Failure } from './failure.ts';
import { tokenKinds } from './login/tokens-api.ts';
import { print } from './output.ts';
import { version } from './version.ts';

const program = new Command('byway')
  .description('Intercept a service of a shared cluster and share it by a preview URL.')
  .version(`byway ${version}`, '-V, --version', 'show the version')
  .exitOverride()
  .showSuggestionAfterError()
  .helpCommand('help [command]', 'show help of a command')
  .configureOutput({
    outputError: (text, write) => write(`byway: ${text.replace(/^error: /, '')}`),
  });

function command(name: string, description: string, parent: Command = program): Command {
  return parent
    .command(name)
    .description(description)
    .option(
      '--config <file>',
      'configuration (default: $BYWAY_CONFIG, or byway/config.yaml in the configuration directory)',
    )
    .addOption(
      new Option('--output <format>', 'how to print')
        .choices(['text', 'json', 'yaml'])
        .default('text'),
    );
}

/** Commands get their options with the configuration file resolved. */
function withConfig<T extends { config?: string }>(options: T): T & { config: string } {
  return { ...options, config: configFile(options.config) };
}

const collect = (value: string, before: string[]): string[] => [...before, value];

command('list', 'list workloads and their intercepts')
  .option('--namespace <name>', 'only this namespace')
  .action((options: CommonOptions) => list(withConfig(options)));

command('intercept <workload>', 'send requests of a workload to this machine')
  .requiredOption('--port <local[:remote]>', 'local port, and name or number of the service port')
  .option('--name <name>', 'name of the intercept (default: the workload)')
  .option('--namespace <name>', 'namespace of the workload')
  .option('--address <host>', 'local address that gets the requests', '127.0.0.1')
  .addOption(
    new Option('--mechanism <name>', 'http: matching requests; tcp: all connections').choices([
      'http',
      'tcp',
    ]),
  )
  .option('--http-header <name=value>', 'header that requests must carry (repeatable)', collect, [])
  .option('--preview-url [true|false]', 'create a preview URL (default: when logged in)')
  .addOption(
    new Option('--preview-access <who>', 'who may open the preview')
      .choices(['private', 'public'])
      .default('private'),
  )
  .addOption(
    new Option(
      '--access <rule>',
      'who may open it while it is private: members of the organisation, or readers of the pull request’s repository (default: org)',
    ).choices(['org', 'repo']),
  )
  .option('--preview-url-banner [true|false]', 'a line at the bottom of pages: whose preview it is')
  .option('--pr <url|n>', 'pull request that shows the preview (default: of this branch)')
  .option('--no-pr', 'show the preview at no pull request')
  .option('--ingress-host <host>', 'layer 3 address of the ingress')
  .option('--ingress-port <port>', 'TCP port of the ingress')
  .option('--ingress-tls [true|false]', 'whether that port uses TLS')
  .option('--ingress-l5 <host>', 'layer 5 host: Host header and TLS name')
  .action((workload: string, options: InterceptOptions) =>
    intercept(workload, withConfig(options)),
  );

command('leave <name>', 'end an intercept and its preview').action(
  (name: string, options: CommonOptions) => leave(name, withConfig(options)),
);

command('status', 'show the connection and the intercepts').action((options: CommonOptions) =>
  status(withConfig(options)),
);

command('quit', 'end all intercepts and the daemon').action((options: CommonOptions) =>
  quit(withConfig(options)),
);

command('login', 'log in to the edge, for previews')
  .option('--edge <url>', 'the edge (default: edge_url, or the edge of the last login)')
  .option('--organisation <login>', 'GitHub organisation, where you belong to several')
  .option('--device', 'with a browser on another machine')
  .option('--token <token|->', 'with a personal or service token; - reads it from standard input')
  .option('--no-browser', 'only print the address')
  .action((options: LoginOptions) => login(withConfig(options)));

command('logout', 'end the login, here and at the edge').action((options: CommonOptions) =>
  logout(withConfig(options)),
);

/** Operators have to say it, people cannot. */
const ofOperator = 'with the operator’s token: GitHub’s numeric id of the organisation';

const token = program
  .command('token')
  .description('tokens for automation, connectors and people')
  .helpCommand('help [command]', 'show help of a command');

command('create', 'make a token; its secret is shown once', token)
  .addOption(
    new Option('--kind <kind>', 'what it is for').choices(tokenKinds).makeOptionMandatory(),
  )
  .requiredOption('--name <name>', 'for people')
  .option('--scope <list>', 'of a service or personal token: view, intercept')
  .option(
    '--cluster <key>',
    'of a connector token: its cluster; of a service token: this cluster only',
  )
  .option('--preview <label>', 'of a service token: this preview only')
  .option('--expires <duration>', 'how long it lives, like 30d')
  .option('--organisation <id>', ofOperator)
  .action((options: CreateOptions) => createToken(withConfig(options)));

command('list', 'list tokens, without secrets', token)
  .option('--organisation <id>', ofOperator)
  .action((options: ListOptions) => listTokens(withConfig(options)));

command('rotate <id>', 'give a token a new secret', token)
  .option('--grace <duration>', 'how long the former one lives on (default: 24h)')
  .action((id: string, options: CommonOptions & { grace?: string }) =>
    rotateToken(id, withConfig(options)),
  );

command('revoke <id>', 'end a token at once', token).action((id: string, options: CommonOptions) =>
  revokeToken(id, withConfig(options)),
);

const setup = program
  .command('setup')
  .description('set up what the edge needs elsewhere')
  .helpCommand('help [command]', 'show help of a command');

command('github', 'register the GitHub App and store its secrets', setup)
  .requiredOption('--organisation <login>', 'GitHub organisation that the app belongs to')
  .addOption(
    new Option('--engine <name>', 'what the edge runs on')
      .choices(['node', 'cloudflare'])
      .default('node'),
  )
  .option('--edge-config <file>', 'edge.yaml, or wrangler.toml (default: in this directory)')
  .option('--env <name>', 'with cloudflare: environment in wrangler.toml', 'production')
  .option('--github-url <url>', 'a GitHub of your own, like https://github.example.com')
  .option('--api-url <url>', 'its API (default: <github-url>/api/v3)')
  .option('--name <name>', 'name of the app; GitHub lets you change it (default: Byway <login>)')
  .option('--deployments', 'let the app show previews as deployments too')
  .option('--force', 'replace the app that is configured')
  .option('--no-browser', 'only print the address')
  .action((options: SetupGitHubOptions) => setupGitHub(withConfig(options)));

command('version', 'show the version').action(({ output }: CommonOptions) =>
  print(output, { version }, () => `byway ${version}\n`),
);

command('daemon', 'run the user daemon (other commands start it by themselves)')
  .option('--foreground', 'in the foreground, for a supervisor; always so when a person starts it')
  .addOption(new Option('--detached', 'as a command starts it').hideHelp())
  .action((options: CommonOptions & { detached?: true }) =>
    runDaemon(withConfig(options).config, options.detached ?? false),
  );

for (const [name, what] of [
  ['edge', 'the gateway'],
  ['connector', 'the connector of a cluster'],
  ['agent', 'the agent in a pod'],
]) {
  program.command(String(name)).description(`run ${what}: byway ${name} --config FILE`);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : ExitCode.usage;
  } else if (error instanceof Failure) {
    process.stderr.write(`byway: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else if (error instanceof RequestError) {
    process.stderr.write(`byway: ${error.message}\n`);
    process.exitCode = exitCodeOf(error.code);
  } else {
    process.stderr.write(`byway: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = ExitCode.internal;
  }
}
