"""Where the figures of the README come from; run by `make bench` and `make evaluate`."""
