"""The sides of the benchmark: one small file each, all with the three methods of `peers.side.Side`."""
