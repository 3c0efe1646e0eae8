"""Fails in the way that its argument says."""

import sys

sys.stdout.write("the last line of the output\n")
sys.stderr.write("Sampling:  40%|████      | 20/50 [00:01<00:02, 12.00it/s]\r")
if sys.argv[1] == "torchrun":
    sys.stderr.write("[rank0]: torch.OutOfMemoryError: CUDA out of memory.\n")
    sys.stderr.write("ChildFailedError: \n" + "=" * 60 + "\nrun_parallel.py FAILED\n" + "=" * 60)
    sys.exit(1)
if sys.argv[1] == "raises":
    raise ValueError("the picture is too small")
if sys.argv[1] == "usage":
    sys.stderr.write("\nmain.py: error: unrecognized arguments: --foo\n")
    sys.exit(2)
