// openid-client: finds out by itself, signs in, refreshes, asks for itself, introspects, revokes.
import * as client from "openid-client";

const [url, id, secret, username, password] = process.argv.slice(2);

const refusal = (asked) =>
  asked.then(
    () => "none",
    (error) => error.error ?? error.code ?? String(error),
  );

const sub = ({ access_token: token }) =>
  JSON.parse(Buffer.from(token.split(".")[1], "base64url")).sub;

async function judge(authentication, algorithm) {
  const config = await client.discovery(new URL(url), id, secret, authentication, {
    algorithm,
    execute: [client.allowInsecureRequests],
  });
  const first = await client.genericGrantRequest(config, "password", { username, password });
  const second = await client.refreshTokenGrant(config, first.refresh_token);
  const again = await client.refreshTokenGrant(config, first.refresh_token);
  const narrowed = await client.refreshTokenGrant(config, second.refresh_token, {
    scope: "SystemsRead",
  });
  const systems = await client.fetchProtectedResource(
    config,
    narrowed.access_token,
    new URL("/systems", url),
    "GET",
  );
  const active = await client.tokenIntrospection(config, narrowed.access_token);
  await client.tokenRevocation(config, narrowed.refresh_token);
  await client.tokenRevocation(config, "noise");
  const after = await client.tokenIntrospection(config, narrowed.access_token);
  const alone = await client.clientCredentialsGrant(config);
  return {
    grants: config.serverMetadata().grant_types_supported,
    first: Object.keys(first).sort(),
    email: second.claims().email,
    subject: first.claims().sub === second.claims().sub,
    expires: second.expiresIn(),
    successor: second.refresh_token !== first.refresh_token,
    again: again.refresh_token === second.refresh_token,
    scope: narrowed.scope,
    systems: systems.status,
    active: [active.active, active.client_id, active.username, active.scope],
    after,
    refused: await refusal(client.refreshTokenGrant(config, narrowed.refresh_token)),
    wrong: await refusal(
      client.genericGrantRequest(config, "password", { username, password: "wrong" }),
    ),
    alone: (await client.tokenIntrospection(config, alone.access_token)).sub === sub(alone),
  };
}

const told = [];
for (const authentication of [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)]) {
  for (const algorithm of ["oidc", "oauth2"]) told.push(await judge(authentication, algorithm));
}
console.log(JSON.stringify(told));
