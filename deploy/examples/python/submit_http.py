"""Hands an application in over HTTP, and waits for what became of it.

    ASSAY_TOKEN=... python3 submit_http.py http://127.0.0.1:8080 A-1 applicant@example.org cv.pdf

Python's own library is all that it needs.
"""
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request
import uuid

base, application, email, *files = sys.argv[1:]
headers = {}
if os.environ.get("ASSAY_TOKEN"):
    headers["Authorization"] = "Bearer " + os.environ["ASSAY_TOKEN"]


def form(fields, names):
    """The body of a form, and its type."""
    boundary = uuid.uuid4().hex
    parts = []
    for name, value in fields:
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name in names:
        path = pathlib.Path(name)
        shown = path.name.replace("\\", "\\\\").replace('"', '\\"')
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n\r\n'.encode())
        parts += [path.read_bytes(), b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts), "multipart/form-data; boundary=" + boundary


def ask(path, body=None, **more):
    """A request, again while the server is away, full or busy."""
    for pause in (1, 2, 4, 8, 16, 32, 0):
        request = urllib.request.Request(base + path, data=body, headers={**headers, **more})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503):
                sys.exit(f"{error.code}: {error.read().decode()}")
        except OSError as error:
            if not pause:
                sys.exit(f"{base}: {error}")
        time.sleep(pause)
    sys.exit(base + " takes nothing now")


# One key for one submission, however often it is sent.
body, kind = form([("application", application), ("applicant_email", email)], files)
_, handed = ask("/v1/applications", body, **{"Content-Type": kind, "Idempotency-Key": str(uuid.uuid4())})
print(f"{application} is submission {handed['sequence']}")
for gap in handed["unread"]:
    print(f"  {gap['document']} will not be read: {gap.get('words') or gap['reason']}")

join = "&" if "?" in handed["outcome"] else "?"
while True:
    status, outcome = ask(handed["outcome"] + join + "wait=30s")
    if status == 200:
        break
print(f"{application} is {outcome['state']}")
for badge in outcome["findings"]:
    print(f"  {badge['result']}: {badge['credential'].get('name', 'a badge without a name')} ({badge['document']})")
