"""How the application is served: `gunicorn run:app` reads this file by itself."""

import importlib.util
import os
import shutil
import tempfile

wsgi_app = "run:app"
# Loopback only: the outside reaches it through a reverse proxy, which also does TLS.
bind = f"127.0.0.1:{os.environ.get('PORT', '8080')}"

# Threads rather than many processes: requests mostly wait for the database, and each process holds a whole
# application.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# A page answers in well under a second; what takes long belongs into a job.
timeout = 60
# Nobody waits longer for a page, and no question keeps a connection from others; commands have all the time they need.
os.environ.setdefault("STATEMENT_TIMEOUT", "30")
# Time for requests under way, uploads among them, when the server is told to stop.
graceful_timeout = 20
# Not on a slow disk: a worker that cannot write its heartbeat there in time is taken for dead.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108

# The control socket would lie in the home directory of whoever starts the server, one for all clones.
control_socket_disable = True
# Metrics of all processes add up through files here, new for each server; before anything imports prometheus_client.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="zhanggui-metrics-", dir=worker_tmp_dir)

errorlog = "-"
loglevel = "info"


def post_worker_init(worker):
    """Start the runner of queued jobs, and the sealer, in a worker that is ready to serve."""
    if importlib.util.find_spec("app.jobs") is None:
        return
    from app import jobs

    if hasattr(jobs, "start_runner"):
        jobs.start_runner(worker.wsgi)
    if importlib.util.find_spec("app.operations") is not None:
        from app.operations import sealing

        sealing.start_sealer(worker.wsgi)


def child_exit(server, worker):
    """What a process has counted stays; its gauges go with it."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    """The server's figures end with it."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
