// oauth4webapi: checks each answer by the letter of its standard, and refreshes in twenty tabs.
import * as oauth from "oauth4webapi";

const [url, id, secret, username, password, publicId] = process.argv.slice(2);
const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(url);

const refusal = (asked) =>
  asked.then(
    () => "none",
    (error) => [error.status, error.error ?? error.code],
  );

async function discovered(algorithm) {
  const answer = await oauth.discoveryRequest(issuer, { algorithm, ...insecure });
  return oauth.processDiscoveryResponse(issuer, answer);
}

async function audience(server, token) {
  const request = new Request(new URL("/systems", url), {
    headers: { authorization: `Bearer ${token}` },
  });
  return oauth.validateJwtAccessToken(server, request, server.issuer, insecure);
}

class Application {
  constructor(server, clientId, authentication) {
    Object.assign(this, { server, client: { client_id: clientId }, authentication });
  }

  async signIn(parameters = { username, password }) {
    const answer = await oauth.genericTokenEndpointRequest(
      this.server, this.client, this.authentication, "password", parameters, insecure,
    );
    const read = await oauth.processGenericTokenEndpointResponse(this.server, this.client, answer);
    await oauth.validateApplicationLevelSignature(this.server, answer, insecure);
    return read;
  }

  async refresh(token) {
    const answer = await oauth.refreshTokenGrantRequest(
      this.server, this.client, this.authentication, token, insecure,
    );
    return oauth.processRefreshTokenResponse(this.server, this.client, answer);
  }

  async alone() {
    const answer = await oauth.clientCredentialsGrantRequest(
      this.server, this.client, this.authentication, {}, insecure,
    );
    return oauth.processClientCredentialsResponse(this.server, this.client, answer);
  }

  async introspect(token) {
    const answer = await oauth.introspectionRequest(
      this.server, this.client, this.authentication, token, insecure,
    );
    return oauth.processIntrospectionResponse(this.server, this.client, answer);
  }

  async revoke(token) {
    const answer = await oauth.revocationRequest(
      this.server, this.client, this.authentication, token, insecure,
    );
    return oauth.processRevocationResponse(answer);
  }

  async inTabs(token, tabs) {
    const answers = await Promise.all(Array.from({ length: tabs }, () => this.refresh(token)));
    const strings = new Set(answers.map((one) => one.refresh_token));
    return [...strings];
  }
}

async function judge(server, application) {
  const first = await application.signIn();
  const claims = await audience(server, first.access_token);
  const successors = await application.inTabs(first.refresh_token, 20);
  const third = await application.refresh(successors[0]);
  return {
    first: Object.keys(first).sort(),
    client: claims.client_id,
    subject: claims.sub === oauth.getValidatedIdTokenClaims(first).sub,
    successors: successors.length,
    third: third.refresh_token !== successors[0],
    last: third,
    wrong: await refusal(application.signIn({ username, password: "wrong" })),
    missing: await refusal(application.signIn({ username })),
    unknown: await refusal(application.refresh("noise")),
  };
}

async function main() {
  const server = await discovered("oauth2");
  const same = JSON.stringify(server) === JSON.stringify(await discovered("oidc"));
  const confidential = new Application(server, id, oauth.ClientSecretBasic(secret));
  const own = await judge(server, confidential);
  const active = await confidential.introspect(own.last.access_token);
  await confidential.revoke(own.last.refresh_token);
  const after = await confidential.introspect(own.last.access_token);
  const alone = await audience(server, (await confidential.alone()).access_token);
  const open = new Application(server, publicId, oauth.None());
  const shared = await judge(server, open);
  const impostor = new Application(server, id, oauth.ClientSecretPost("wrong"));
  const thief = await refusal(confidential.refresh(shared.last.refresh_token));
  await open.revoke(shared.last.refresh_token);
  return {
    same,
    own: { ...own, last: undefined },
    active: [active.active, active.client_id, active.username],
    after,
    alone: alone.sub,
    shared: { ...shared, last: undefined },
    thief,
    ended: await refusal(open.refresh(shared.last.refresh_token)),
    open_alone: await refusal(open.alone()),
    impostor: await refusal(impostor.signIn()),
  };
}

console.log(JSON.stringify(await main()));
