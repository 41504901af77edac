"""What every engine of the index promises (`youju.index.protocols`): one suite, run over each of them."""
