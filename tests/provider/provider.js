// A real provider of OpenID Connect for one test: node provider.js REDIRECT_URI SECRET
// It prints its address when it listens. Who signs in as NAME, with any password, is told as NAME@example.org.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [redirectUri, secret] = process.argv.slice(2);
// Its packages lie elsewhere, so that nothing is written beside this file.
const modules = createRequire(path.join(process.env.TEST_PROVIDER, 'x.js'));
const { default: Provider } = await import(pathToFileURL(modules.resolve('oidc-provider')).href);
const http = await import('node:http');

const server = http.createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'promptreg',
    client_secret: secret,
    redirect_uris: [redirectUri],
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  pkce: { methods: ['S256'], required: () => true },
  cookies: { keys: ['a key of this test'] },
  findAccount: (_, name) => ({
    accountId: name,
    claims: () => ({ sub: name, email: `${name}@example.org`, email_verified: name !== 'ben' }),
  }),
});
server.on('request', provider.callback());
console.log(issuer);
