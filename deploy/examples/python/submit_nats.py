"""Puts an application on the queue, and takes what became of it from a durable consumer.

    python3 submit_nats.py nats://127.0.0.1:4222 DIR/queue.nk default A-1 applicant@example.org cv.pdf

It needs nats-py (pip install 'nats-py[nkeys]').
"""
import asyncio
import base64
import hashlib
import json
import pathlib
import sys

import nats

server, seed, tenant, application, email, *files = sys.argv[1:]


async def main():
    nc = await nats.connect(server, nkeys_seed_str=pathlib.Path(seed).read_text().strip())
    js = nc.jetstream()
    documents = []
    for name in files:
        data = pathlib.Path(name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        document = {"name": pathlib.Path(name).name, "size": len(data), "sha256": digest}
        if len(data) <= 256 * 1024:
            document["data"] = base64.b64encode(data).decode()
        else:
            # Too large for a message: into the object store, by the rule of its name,
            # before the submission that names it.
            store = await js.object_store("DOCUMENTS")
            await store.put(f"{tenant}/{application}/{digest}", data)
            document["object"] = True
        documents.append(document)
    submission = {"v": 1, "tenant": tenant, "application": application, "applicant": {"emails": [email]}, "documents": documents}
    # The acknowledgement says that it is on the disk, and its sequence.
    ack = await js.publish(f"applications.{tenant}.{application}", json.dumps(submission).encode(), timeout=10)
    print(f"{application} is submission {ack.seq}")
    # A durable consumer goes on where it was: after a pause it is told what it missed.
    results = await js.pull_subscribe(f"results.{tenant}.*", durable="example", stream="RESULTS")
    while True:
        try:
            (message,) = await results.fetch(1, timeout=30)
        except nats.errors.TimeoutError:
            continue
        outcome = json.loads(message.data)
        await message.ack()  # once it is kept
        # Where hosts must be asked, there is one outcome of the documents before.
        if outcome["application"] == application and outcome["sequence"] >= ack.seq and outcome.get("phase") != "documents":
            break
    print(f"{application} is {outcome['state']}")
    for badge in outcome["findings"]:
        print(f"  {badge['result']}: {badge['credential'].get('name', 'a badge without a name')} ({badge['document']})")
    await nc.close()


asyncio.run(main())
