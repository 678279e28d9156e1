// oidc-provider as a peer to measure beside: opaque access tokens kept in memory, one client that
// may ask for tokens and introspect them. Arguments: the port, the client's id and its secret.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, clientId, clientSecret] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

// The provider's own adapter keeps 1000 entries: under load the token that is introspected would
// be forgotten, and the answer `active: false` is a quicker one.
class Adapter {
  static entries = new Map();

  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    Adapter.entries.set(this.key(id), payload);
  }

  async find(id) {
    return Adapter.entries.get(this.key(id));
  }

  async destroy(id) {
    Adapter.entries.delete(this.key(id));
  }
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const provider = new Provider(issuer, {
  adapter: Adapter,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (_, client, token) => token.clientId === client.clientId,
    },
    devInteractions: { enabled: false },
  },
  ttl: { ClientCredentials: 3600 },
});

provider.listen(Number(port), '127.0.0.1');
