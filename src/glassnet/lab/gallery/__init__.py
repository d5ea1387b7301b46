"""The functions of the library as pictures and tables for a lecture: activations, losses, optimizers, boundaries."""
