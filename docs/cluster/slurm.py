"""Workers for ``curate run --scheduler FILE`` from SLURM; edit it for your cluster.

python slurm.py --script                     # prints what would be submitted
python slurm.py --jobs 20 scheduler.json     # submits, and stays until Ctrl-C
"""

import argparse
import signal

from dask_jobqueue import SLURMCluster

parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
parser.add_argument("file", nargs="?", help="scheduler file, on a disk that all machines see")
parser.add_argument("--script", action="store_true", help="print the job and stop")
parser.add_argument("--jobs", type=int, default=4, help="jobs to submit")
parser.add_argument("--queue", help="SLURM's partition")
parser.add_argument("--cores", type=int, default=16, help="cores of a job, one worker each")
parser.add_argument("--memory", default="64GB", help="memory of a job")
parser.add_argument("--hours", type=int, default=4, help="walltime of a job")
parser.add_argument("--gpu", action="store_true", help="one worker and one card a job")


def main() -> None:
    """Start the scheduler here and submit the jobs."""
    options = parser.parse_args()
    if not options.file and not options.script:
        parser.error("name the scheduler file, or give --script")
    workers = 1 if options.gpu else options.cores
    # A worker leaves 15 minutes before SLURM would kill it, a few at a time.
    minutes = max(5, options.hours * 60 - 15)
    cluster = SLURMCluster(
        queue=options.queue,
        cores=workers,  # threads of all workers of a job: one each
        processes=workers,
        job_cpu=options.cores,
        memory=options.memory,
        walltime=f"{options.hours:02}:00:00",
        job_extra_directives=["--gres=gpu:1"] if options.gpu else [],
        job_script_prologue=[
            "export OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 POLARS_MAX_THREADS=1",
        ],
        worker_extra_args=[
            *["--lifetime", f"{minutes}m", "--lifetime-stagger", "5m"],
            *(["--resources", "GPU=1"] if options.gpu else []),
        ],
        scheduler_options={"dashboard": False},
    )
    if options.script:
        print(cluster.job_script())
        cluster.close()
        return
    cluster.scale(jobs=options.jobs)
    with open(options.file, "w", encoding="utf-8") as file:
        file.write(f'{{"address": "{cluster.scheduler_address}"}}\n')
    signal.sigwait([signal.SIGINT, signal.SIGTERM])
    cluster.close()


if __name__ == "__main__":
    main()
