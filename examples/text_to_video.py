"""A prompt to a clip through the app, with gradio_client.

python examples/text_to_video.py "a woman in a red dress walking on a runway" clip.mp4
"""

import argparse
import shutil
import time

from gradio_client import Client


def main() -> None:
    """Submit, show the progress, save the clip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prompt")
    parser.add_argument("output", nargs="?", default="clip.mp4")
    parser.add_argument("--url", default="http://127.0.0.1:7860")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()

    client = Client(options.url, verbose=False)
    job = client.submit(options.prompt, seed=options.seed, api_name="/text_to_video")
    shown = None
    while not job.done():
        progress = job.status().progress_data
        stage = progress[0].desc if progress else None
        if stage and stage != shown:
            print(stage)
            shown = stage
        time.sleep(0.2)
    shutil.copy(job.result(), options.output)
    print(f"saved {options.output}")


if __name__ == "__main__":
    main()
