"""Every figure in the documentation comes from a script here. Timings are ratios within a run."""
