"""Dress a person, approve a still, animate it: through the app, with gradio_client.

python examples/try_on.py examples/images/person-1.png examples/images/garment-1.png clip.mp4
"""

import argparse
import shutil

from gradio_client import Client, handle_file


def main() -> None:
    """Make some stills, take the chosen one, save the clip of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("person")
    parser.add_argument("garment")
    parser.add_argument("output", nargs="?", default="clip.mp4")
    parser.add_argument("--prompt", default="walking towards the camera")
    parser.add_argument("--stills", type=int, default=2, help="how many to choose from")
    parser.add_argument("--approve", type=int, default=1, help="which one to animate")
    parser.add_argument("--url", default="http://127.0.0.1:7860")
    options = parser.parse_args()

    client = Client(options.url, verbose=False)
    stills = client.predict(
        person=handle_file(options.person),
        garments=[handle_file(options.garment)],
        n=options.stills,
        api_name="/dress",
    )
    print("stills:", *stills, sep="\n  ")
    approved = stills[options.approve - 1]
    clip = client.predict(image=handle_file(approved), prompt=options.prompt, api_name="/animate")
    shutil.copy(clip, options.output)
    print(f"saved {options.output}")


if __name__ == "__main__":
    main()
