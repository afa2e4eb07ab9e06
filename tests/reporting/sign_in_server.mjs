// A certified OpenID provider (oidc-provider) on loopback, as the sign-in of a FHIR server that has
// one Task and gives it to whoever brings a token. It prints its port.
// Usage: node sign_in_server.mjs DEVICE_JWK SCOPE...
// Stands here because fetch_schema.py leaves the packages beside it.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [key, ...scopes] = process.argv.slice(2);
const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const root = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(root, {
  clients: [
    {
      client_id: 'outpost-reviewer',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://127.0.0.1/signed-in'],
    },
    {
      client_id: 'phone-7',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES384',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: scopes.filter((scope) => !scope.startsWith('system/Binary')).join(' '),
      jwks: { keys: [JSON.parse(key)] },
    },
  ],
  scopes,
  claims: { openid: ['sub', 'fhirUser'] },
  conformIdTokenClaims: false,
  enabledJWA: { clientAuthSigningAlgValues: ['ES384'] },
  features: { clientCredentials: { enabled: true } },
  findAccount: (context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, fhirUser: `${root}/fhir/Practitioner/${id}` }),
  }),
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
});
provider.on('server_error', (context, error) => process.stderr.write(`${error.stack}\n`));

async function allowed(request) {
  const token = (request.headers.authorization ?? '').replace('Bearer ', '');
  const known = await provider.AccessToken.find(token) ?? await provider.ClientCredentials.find(token);
  return Boolean(known);
}

function say(response, status, document) {
  const content = JSON.stringify(document);
  response.writeHead(status, {
    'content-type': 'application/fhir+json', 'content-length': Buffer.byteLength(content),
  });
  response.end(content);
}

const pages = provider.callback();
server.on('request', async (request, response) => {
  if (request.url === '/fhir/.well-known/smart-configuration') {
    say(response, 200, {
      authorization_endpoint: `${root}/auth`,
      token_endpoint: `${root}/token`,
      grant_types_supported: ['authorization_code', 'client_credentials'],
      code_challenge_methods_supported: ['S256'],
    });
  } else if (request.url.startsWith('/fhir/')) {
    const known = await allowed(request);
    say(response, known ? 200 : 401, known
      ? { resourceType: 'Task', id: '7' } : { resourceType: 'OperationOutcome', issue: [] });
  } else {
    pages(request, response);
  }
});
process.stdout.write(`${server.address().port}\n`);
