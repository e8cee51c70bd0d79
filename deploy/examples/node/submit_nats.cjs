// Puts an application on the queue, and takes what became of it from a durable consumer.
//
//     node submit_nats.cjs nats://127.0.0.1:4222 DIR/queue.nk default A-1 applicant@example.org cv.pdf
//
// It needs the package nats (npm install nats@2).
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { basename } = require("node:path");
const { AckPolicy, connect, nkeyAuthenticator } = require("nats");

const [servers, seed, tenant, application, email, ...files] = process.argv.slice(2);

async function main() {
  const nc = await connect({ servers, authenticator: nkeyAuthenticator(new TextEncoder().encode(readFileSync(seed, "utf8").trim())) });
  const js = nc.jetstream();
  const documents = [];
  for (const name of files) {
    const data = readFileSync(name);
    const sha256 = createHash("sha256").update(data).digest("hex");
    const document = { name: basename(name), size: data.length, sha256 };
    if (data.length <= 256 * 1024) {
      document.data = data.toString("base64");
    } else {
      // Too large for a message: into the object store, by the rule of its name,
      // before the submission that names it.
      const store = await js.views.os("DOCUMENTS");
      await store.putBlob({ name: `${tenant}/${application}/${sha256}` }, data);
      document.object = true;
    }
    documents.push(document);
  }
  const submission = { v: 1, tenant, application, applicant: { emails: [email] }, documents };
  // The acknowledgement says that it is on the disk, and its sequence.
  const ack = await js.publish(`applications.${tenant}.${application}`, JSON.stringify(submission), { timeout: 10000 });
  console.log(`${application} is submission ${ack.seq}`);
  // A durable consumer goes on where it was: after a pause it is told what it missed.
  const jsm = await nc.jetstreamManager();
  await jsm.consumers.add("RESULTS", { durable_name: "example", filter_subject: `results.${tenant}.*`, ack_policy: AckPolicy.Explicit });
  const results = await js.consumers.get("RESULTS", "example");
  let outcome;
  do {
    const message = await results.next({ expires: 30000 });
    if (!message) continue;
    outcome = message.json();
    await message.ackAck(); // once it is kept
    // Where hosts must be asked, there is one outcome of the documents before.
  } while (!outcome || outcome.application !== application || outcome.sequence < ack.seq || outcome.phase === "documents");
  console.log(`${application} is ${outcome.state}`);
  for (const badge of outcome.findings) {
    console.log(`  ${badge.result}: ${badge.credential.name || "a badge without a name"} (${badge.document})`);
  }
  await nc.close();
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
