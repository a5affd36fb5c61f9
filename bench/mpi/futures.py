"""The rival: mpi4py.futures over the tasks of a benchmark.

mpiexec -n 5 python3 -m mpi4py.futures futures.py skewed CHUNK FILE   (durations in milliseconds, as JSON)
mpiexec -n 4 python3 -m mpi4py.futures futures.py tiny CHUNK COUNT
"""

import json
import sys
import time

from mpi4py.futures import MPIPoolExecutor


def sleep(milliseconds):
    began = time.perf_counter()
    time.sleep(milliseconds / 1000)
    return (time.perf_counter() - began) * 1000


def measure(task):
    return {"id": task["id"], "length": len(task["text"])}


def main():
    kind, chunk, given = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if kind == "skewed":
        with open(given) as file:
            function, tasks = sleep, json.load(file)
        first = [0.2] * 64
    else:
        function, tasks = measure, [{"id": n, "text": f"task {n}"} for n in range(int(given))]
        first = tasks[:1000]
    with MPIPoolExecutor() as executor:
        executor.bootup(wait=True)
        list(executor.map(function, first))
        began = time.perf_counter()
        results = list(executor.map(function, tasks, chunksize=chunk))
        took = time.perf_counter() - began
    if kind == "tiny":
        wrong = [r for r in results if r["length"] != len(f"task {r['id']}")]
        if wrong or len(results) != len(tasks):
            raise SystemExit(f"wrong results: {wrong[:3]}")
    print(json.dumps({"milliseconds": took * 1000}), flush=True)


if __name__ == "__main__":
    main()
