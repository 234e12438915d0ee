"""What stands between a compiler and the machine; plain Python, run as a process of its own.

Nothing here imports the rest of the package: ``curate.llvm.sandbox`` starts ``zygote`` with a bare
interpreter, so that the process which forks for each program stays small.
"""
