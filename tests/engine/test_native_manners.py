"""The native engine among others: it stops when asked, lets Python run, forks, and asks for no memory as it goes."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from glassnet.layers import Dense
from glassnet.training.interrupt import deferred

from .cases import Case, digest, labels, plain, trained

pytestmark = pytest.mark.needs_native

# ---- stopping --------------------------------------------------------------------------------------------------------


def test_no_step_is_begun_once_stop_is_set():
    session = plain().session()
    before = session.state.parameters.flat.copy()
    session.stop[0] = 1
    assert len(session.train(np.arange(37), np.full(5, 0.1))) == 0
    assert session.state.step == 0
    assert np.array_equal(session.state.parameters.flat, before)


LONG = 3_000_000  # steps of one row: seconds, unless they are stopped


def test_stop_is_heard_between_two_steps_while_no_python_runs():
    session = plain(batch_size=1).session()
    order, rates = np.zeros(LONG, np.int64), np.full(LONG, 1e-9)

    def stop_once_it_runs():
        while not session.outputs.any():
            time.sleep(0.001)
        session.stop[0] = 1

    watcher = threading.Thread(target=stop_once_it_runs)
    watcher.start()
    taken = session.train(order, rates)
    watcher.join()
    assert 0 < len(taken) < LONG
    assert session.state.step == len(taken)


def test_steps_end_when_their_time_is_over_and_the_state_is_that_of_the_last():
    case = plain(batch_size=1)
    session, again = case.session(), case.session()
    order, rates = np.zeros(LONG, np.int64), np.full(LONG, 1e-9)
    assert len(session.train(order, rates, seconds=0)) == 1  # one is taken in any case
    taken = session.train(order, rates, seconds=0.001)
    assert 0 < len(taken) < LONG
    losses = again.train(order, rates[: 1 + len(taken)])
    assert np.array_equal(losses[1:], taken)
    assert np.array_equal(session.state.parameters.flat, again.state.parameters.flat)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
def test_a_signal_handler_runs_during_a_training_and_its_exception_comes_out_with_the_state_kept():
    session = plain(batch_size=1).session()
    order, rates = np.zeros(LONG, np.int64), np.full(LONG, 1e-9)

    def handler(_number, _frame):
        if session.outputs.any():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        with pytest.raises(KeyboardInterrupt):
            session.train(order, rates)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert 0 < session.state.step < LONG
    assert np.isfinite(session.state.parameters.flat).all()


def steps_begun(session):
    """As the outputs tell, which are written in the middle of each step; every step has rows of its own."""
    return int(session.outputs.any(axis=1).reshape(-1, session.program.batch_size).any(axis=1).sum())


@pytest.mark.skipif(os.name == "nt", reason="sends a signal to itself")
def test_ctrl_c_is_heard_by_the_end_of_the_batch_under_way():
    """A batch takes some ten milliseconds here, so that the signal is looked for after each."""
    random, batches = np.random.default_rng(0), 40
    X = random.random((batches * 1024, 256), np.float32)
    case = Case((Dense(512, "relu"), Dense(512, "relu"), Dense(3)), X, labels(len(X)), batch_size=1024)
    session, begun = case.session(threads=2), []

    def press():
        while not session.outputs.any():
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)
        begun.append(steps_begun(session))

    thread = threading.Thread(target=press)
    with deferred(session.stop):
        thread.start()
        taken = session.train(np.arange(len(X)), np.full(batches, 0.01))
    thread.join()
    assert 0 < len(taken) <= begun[0] + 1 < batches
    assert session.state.step == len(taken)
    again = case.session()
    again.train(np.arange(1024 * len(taken)), np.full(len(taken), 0.01))
    assert np.array_equal(again.state.parameters.flat, session.state.parameters.flat)


def test_another_python_thread_computes_during_a_training():
    session = plain(batch_size=1).session()
    counted = []

    def count():
        counted.append(sum(range(200_000)))
        session.stop[0] = 1

    thread = threading.Thread(target=count)
    thread.start()
    taken = session.train(np.zeros(LONG, np.int64), np.full(LONG, 1e-9))
    thread.join()
    assert len(taken) < LONG  # the count came to its end first, without waiting for the training's
    assert counted == [19999900000]


# ---- manners ---------------------------------------------------------------------------------------------------------


def test_two_trainings_at_once_give_the_bits_of_one():
    alone = digest(*trained(plain(), threads=2))
    found = []
    threads = [threading.Thread(target=lambda: found.append(digest(*trained(plain(), threads=2)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {alone}
    assert len(found) == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_trains_with_threads_of_its_own():
    expected = digest(*trained(plain(), threads=2))  # the parent's threads exist now
    child = os.fork()
    if child == 0:
        os._exit(0 if digest(*trained(plain(), threads=2)) == expected else 1)
    assert os.waitpid(child, 0)[1] == 0


def digest_in_a_child(threads):
    return digest(*trained(plain(), threads=threads))


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_pools_of_processes_train_as_the_parent_does(method):
    """What joblib, cross-validation and data loaders do: train here, then in children side by side, then here again."""
    expected = digest_in_a_child(2)
    if method == "fork":  # a child that is forked while other threads of the parent train
        busy = threading.Thread(target=lambda: [digest_in_a_child(3) for _ in range(20)])
        busy.start()
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        assert set(pool.map(digest_in_a_child, [1, 2, 3, 2])) == {expected}
    if method == "fork":
        busy.join()
    assert digest_in_a_child(2) == expected


SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
static long count;
long allocations(void) { return count; }
#define NEXT(type, name) static type next; if (!next) next = (type)dlsym(RTLD_NEXT, name)
typedef void *(*Plain)(size_t);
void *malloc(size_t n) { NEXT(Plain, "malloc"); count++; return next(n); }
typedef void *(*Aligned)(size_t, size_t);
void *aligned_alloc(size_t a, size_t n) { NEXT(Aligned, "aligned_alloc"); count++; return next(a, n); }
"""
COUNT = """
import ctypes, sys
import numpy as np
sys.path.insert(0, {folder!r})
from cases import Case, pixels, labels
from glassnet.layers import Dense, Dropout
from glassnet.optim import Adam
allocations = ctypes.CDLL(None).allocations
allocations.restype = ctypes.c_long
case = Case((Dense(100, "relu"), Dropout(0.5), Dense(3)), pixels(), labels(), optimizer=Adam(0.01))
session = case.session(threads=2)
def during(steps):
    order, rates = np.zeros(8 * steps, np.int64), np.full(steps, 0.01)
    session.train(order, rates)
    before = allocations()
    session.train(order, rates)
    return allocations() - before
print(during(2), during(200))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts calls of the C library by preloading")
def test_a_step_allocates_nothing(tmp_path):
    """The call itself has arrays to make for Python; 200 steps need no more of them than 2 do, but for their size."""
    (tmp_path / "shim.c").write_text(SHIM)
    shim = tmp_path / "shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, tmp_path / "shim.c", "-ldl"], check=True)
    script = COUNT.format(folder=os.path.dirname(__file__))
    environment = os.environ | {"LD_PRELOAD": str(shim)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    few, many = map(int, done.stdout.split())
    assert few <= many < few + 5 < 20


def test_steps_make_nothing_for_python_either():
    session = plain().session(threads=2)

    def peak(steps):
        order, rates = np.zeros(8 * steps, np.int64), np.full(steps, 1e-9)
        session.train(order, rates)
        tracemalloc.start()
        try:
            losses = session.train(order, rates)
            return tracemalloc.get_traced_memory()[1] - losses.nbytes
        finally:
            tracemalloc.stop()

    assert peak(200) < peak(2) + 1000


SPARSE = """
import resource, sys
import numpy as np
from glassnet.data.batches import Rows
from glassnet.engine.native import NativeEngine
from glassnet.layers import Dense
from glassnet.layers.specification import Specification
sys.path.insert(0, {folder!r})
from cases import Case, labels
n, d = 20_000, 20_000  # 1.6 GB as floats
class Diagonal:
    data, indices, indptr, shape = np.ones(n, np.float32), np.arange(n), np.arange(n + 1), (n, d)
def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = most()
case = Case((Dense(8, "relu"), Dense(3)), Diagonal(), labels(n), batch_size=n)
session = case.session(threads=2)
session.train(np.arange(n), np.full(1, 0.1))
NativeEngine(threads=2).forward(session.program.specification, session.state.parameters, Rows(Diagonal()))
print((most() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss differs")
def test_sparse_rows_never_become_a_matrix():
    """Even as one full batch. Predicting makes a block of them dense: 16 MB for each thread."""
    script = SPARSE.format(folder=os.path.dirname(__file__))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100
