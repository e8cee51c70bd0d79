"""Documents a CPU-second of PyMuPDF: links and attachments, with what could hold a
drawn or photographed QR code (a page's paths and pictures; nothing is searched), and with
text.

    python3 -m venv venv && venv/bin/pip install pymupdf
    venv/bin/python pdf_pymupdf.py CORPUS/pdf

reads the documents that BenchmarkPDF of package extract reads, from memory, on
one core. Compare with
    GOMAXPROCS=1 go test -run '^$' -bench 'PDF$' ./extract
"""
import json
import pathlib
import sys
import time

import pymupdf

pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)
root = pathlib.Path(sys.argv[1])
data = []
for line in open(root / "EXPECTED.jsonl"):
    e = json.loads(line)
    if e["qpdf"] == "ok" and e["mupdf"] == "ok" and (e.get("mupdf_pages") or 0) >= 1 and e["size"] > 3000:
        data.append((root / e["file"]).read_bytes())

for what in ("links", "links and codes", "text", "text and codes"):
    text, codes = "text" in what, "codes" in what
    links = files = chars = could = 0
    start = time.process_time()
    for b in data:
        try:
            doc = pymupdf.open(stream=b, filetype="pdf")
            if doc.needs_pass:
                continue
            for i in range(doc.embfile_count()):
                doc.embfile_get(i)
                files += 1
            for page in doc:
                links += sum(1 for link in page.get_links() if link.get("uri"))
                for a in page.annots(types=[pymupdf.PDF_ANNOT_FILE_ATTACHMENT]):
                    a.get_file()
                    files += 1
                if text:
                    chars += len(page.get_text())
                if codes:
                    cells = sum(1 for d in page.get_cdrawings() for i in d["items"] if d["type"] != "s" and i[0] in ("re", "qu"))
                    could += cells >= 100 or any(i["width"] >= 21 and i["height"] >= 21 for i in page.get_image_info())
        except Exception:
            pass
    cpu = time.process_time() - start
    print(f"{what}: {len(data)} documents, {len(data) / cpu:.0f} a CPU-second, {links} links, {files} files, {chars} characters, {could} pages that could hold a code")
