"""The command line: options, settings, progress, run records and exit codes.

`ssms.cli.generate.main` is the command ``ssms-generate``.  Nothing in here simulates, knows a
file format or calls MLflow; see `ssms.dataset_generators` and `ssms.tracking` for those.
"""
