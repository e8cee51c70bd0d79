// Hands an application in over HTTP, and waits for what became of it.
//
//     ASSAY_TOKEN=... node submit_http.mjs http://127.0.0.1:8080 A-1 applicant@example.org cv.pdf
//
// Node 18 or newer is all that it needs.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { randomUUID } from "node:crypto";

const [base, application, email, ...files] = process.argv.slice(2);
const headers = process.env.ASSAY_TOKEN ? { Authorization: `Bearer ${process.env.ASSAY_TOKEN}` } : {};
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A request, again while the server is away, full or busy.
async function ask(path, options = {}) {
  for (const pause of [1, 2, 4, 8, 16, 32, 0]) {
    try {
      const answer = await fetch(base + path, { ...options, headers: { ...headers, ...options.headers } });
      if (answer.ok) return [answer.status, await answer.json()];
      if (answer.status !== 429 && answer.status !== 503) throw new Error(`${answer.status}: ${await answer.text()}`);
    } catch (error) {
      if (!(error instanceof TypeError) || pause === 0) throw error; // fetch's own: no connection
    }
    await rest(1000 * pause);
  }
  throw new Error(`${base} takes nothing now`);
}

const body = new FormData();
body.append("application", application);
body.append("applicant_email", email);
for (const name of files) body.append("file", new Blob([readFileSync(name)]), basename(name));

// One key for one submission, however often it is sent.
const [, handed] = await ask("/v1/applications", { method: "POST", body, headers: { "Idempotency-Key": randomUUID() } });
console.log(`${application} is submission ${handed.sequence}`);
for (const gap of handed.unread) console.log(`  ${gap.document} will not be read: ${gap.words || gap.reason}`);

let status, outcome;
do {
  [status, outcome] = await ask(`${handed.outcome}${handed.outcome.includes("?") ? "&" : "?"}wait=30s`);
} while (status !== 200);
console.log(`${application} is ${outcome.state}`);
for (const badge of outcome.findings) {
  console.log(`  ${badge.result}: ${badge.credential.name || "a badge without a name"} (${badge.document})`);
}
