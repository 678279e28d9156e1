// An MQTT broker that devices of Tokenhouse connect to.

import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { guard } from "./tokenhouse.mjs";

const { MQTT_HOST = "127.0.0.1", MQTT_PORT = "1883", ...told } = process.env;

const broker = await Aedes.createBroker();
const guarded = guard(broker, {
  url: told.TOKENHOUSE_URL ?? "http://127.0.0.1:8080",
  clientId: told.TOKENHOUSE_CLIENT_ID,
  clientSecret: readFileSync(told.TOKENHOUSE_CLIENT_SECRET_FILE, "utf8").trim(),
  clientIds: told.TOKENHOUSE_CLIENT_IDS ?? "bound",
});
// without it, a will that may not be published would end the program
broker.on("error", (error) => console.error(`aedes: ${error.message}`));

const server = createServer(broker.handle);
server.listen(Number(MQTT_PORT), MQTT_HOST, () => {
  console.log(`listening on ${MQTT_HOST}:${server.address().port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    guarded.close();
    server.close();
    broker.close();
  });
}
