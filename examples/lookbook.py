"""A whole catalogue through the app, with gradio_client: a ZIP of stills or clips.

python examples/lookbook.py spring.zip --people anna.png ben.png --garments dress.png coat.png
python examples/lookbook.py spring.zip --catalogue looks.csv pictures/*.png --clips
"""

import argparse
import csv
import io
import shutil
import time
import zipfile

from gradio_client import Client, handle_file


def main() -> None:
    """Submit, show how many rows are done, save the ZIP, tell which rows failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", nargs="?", default="lookbook.zip")
    parser.add_argument("--people", nargs="+", default=[])
    parser.add_argument("--garments", nargs="+", default=[])
    parser.add_argument(
        "--catalogue", nargs="+", default=[], help="a CSV and its pictures, or a ZIP with both"
    )
    parser.add_argument("--clips", action="store_true", help="clips instead of stills")
    parser.add_argument("--prompt", help="motion of the clips, or styling of the stills")
    parser.add_argument("--seed", type=int, default=7, help="the same for all rows")
    parser.add_argument("--url", default="http://127.0.0.1:7860")
    options = parser.parse_args()

    client = Client(options.url, verbose=False)
    job = client.submit(
        people=[handle_file(path) for path in options.people],
        garments=[handle_file(path) for path in options.garments],
        catalogue=[handle_file(path) for path in options.catalogue],
        what="clip" if options.clips else "still",
        prompt=options.prompt,
        seed=options.seed,
        api_name="/lookbook",
    )
    shown = None
    while not job.done():
        progress = job.status().progress_data
        words = progress[0].desc if progress else None
        if words and words != shown:
            print(words)
            shown = words
        time.sleep(0.2)
    shutil.copy(job.result(), options.output)
    with zipfile.ZipFile(options.output) as archive:
        table = io.StringIO(archive.read("lookbook.csv").decode("utf-8-sig"))
    rows = list(csv.DictReader(table))
    failed = [row for row in rows if row["status"] != "completed"]
    for row in failed:
        print(f"row {row['row']} ({row['name']}): {row['status']} {row['error']}")
    print(f"saved {options.output}: {len(rows) - len(failed)} of {len(rows)} rows")
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
