"""A rank of mpi4py beside ranks of Node: it does what test/mpi/checks/mpi4py.ts says, check by check.

Collectives of Node are MPI's nonblocking ones, which match nonblocking ones only. Before communicators and windows are made,
Node meets the others at a barrier, so that it need not block while it waits for them.
"""

from array import array
import sys

from mpi4py import MPI

world = MPI.COMM_WORLD
rank, size = world.Get_rank(), world.Get_size()

TYPES = {
    "b": MPI.INT8_T, "B": MPI.UINT8_T, "h": MPI.INT16_T, "H": MPI.UINT16_T, "i": MPI.INT32_T, "I": MPI.UINT32_T,
    "f": MPI.FLOAT, "d": MPI.DOUBLE, "q": MPI.INT64_T, "Q": MPI.UINT64_T,
}
OPS = [
    MPI.SUM, MPI.PROD, MPI.MIN, MPI.MAX, MPI.LAND, MPI.LOR, MPI.LXOR, MPI.BAND, MPI.BOR, MPI.BXOR,
]


def of(code, values):
    return [array(code, values), TYPES[code]]


def done(start, *buffers, **named):
    """Waits for a nonblocking collective. mpi4py does not keep what it was given: this does, until then."""
    start(*buffers, **named).Wait()


def messages():
    # Whatever comes goes back to where it came from, with the next tag.
    for code in TYPES:
        for node in range(1, size):
            into = of(code, [0] * 3)
            status = MPI.Status()
            world.Recv(into, source=node, tag=MPI.ANY_TAG, status=status)
            assert status.Get_count(TYPES[code]) == 3
            world.Send(into, dest=node, tag=status.Get_tag() + 1)


def probes():
    for node in range(1, size):
        status = MPI.Status()
        world.Probe(source=node, tag=9, status=status)
        into = bytearray(status.Get_count(MPI.BYTE))
        world.Recv([into, MPI.BYTE], source=node, tag=9)
        world.Send([into[::-1], MPI.BYTE], dest=node, tag=10)


def reductions():
    own = of("i", [rank + 1, rank % 2, (rank * 5) % 3])
    for op in OPS:
        into = of("i", [0] * 3)
        done(world.Iallreduce, own, into, op)
        done(world.Ireduce, own, into if rank == 0 else None, op, root=0)
        done(world.Ireduce, own, into if rank == 1 else None, op, root=1)
        # What mpi4py got is what Node has to have got.
        if rank == 0:
            again = of("i", [0] * 3)
            for node in range(1, size):
                world.Recv(again, source=node, tag=20)
                assert again[0] == into[0], (op, again[0], into[0])
    for op in (MPI.MINLOC, MPI.MAXLOC):
        into = array("i", [0, 0])
        done(world.Iallreduce, [array("i", [(rank * 7) % 5, rank]), MPI.INT_INT], [into, MPI.INT_INT], op)
    total = of("d", [0])
    done(world.Iallreduce, of("d", [rank + 0.5]), total)
    assert total[0][0] == sum(each + 0.5 for each in range(size))


def broadcasts():
    for root in range(size):
        values = of("d", [each / 3 + root for each in range(10)] if rank == root else [0] * 10)
        done(world.Ibcast, values, root=root)
        assert list(values[0]) == [each / 3 + root for each in range(10)]


def parts():
    done(world.Ibarrier)
    whole = list(range(2 * size))
    for root in range(size):
        into = of("i", [0, 0])
        done(world.Iscatter, of("i", whole) if rank == root else None, into, root=root)
        assert list(into[0]) == [2 * rank, 2 * rank + 1]
        all_parts = of("i", [0] * 2 * size)
        done(world.Igather, into, all_parts if rank == root else None, root=root)
        assert rank != root or list(all_parts[0]) == whole
        done(world.Iallgather, into, all_parts)
        assert list(all_parts[0]) == whole


def uneven_parts():
    counts = [(each * 2) % 5 for each in range(size)]
    begin, total = sum(counts[:rank]), sum(counts)
    whole = list(range(total))
    own = whole[begin : begin + counts[rank]]
    for root in range(size):
        into = of("f", [0] * counts[rank])
        done(world.Iscatterv, [array("f", whole), counts, MPI.FLOAT] if rank == root else None, into, root=root)
        assert list(into[0]) == own
        all_parts = array("f", [0] * total)
        done(world.Igatherv, into, [all_parts, counts, MPI.FLOAT] if rank == root else None, root=root)
        assert rank != root or list(all_parts) == whole
        done(world.Iallgatherv, into, [all_parts, counts, MPI.FLOAT])
        assert list(all_parts) == whole


def communicators():
    done(world.Ibarrier)
    half = world.Split(rank % 2, -rank)
    total = of("i", [0])
    done(half.Iallreduce, of("i", [rank]), total)
    assert total[0][0] == sum(each for each in range(size) if each % 2 == rank % 2)
    done(world.Ibarrier)
    copy = world.Dup()
    done(copy.Ibarrier)
    copy.Free()
    half.Free()
    done(world.Ibarrier)
    host = world.Split_type(MPI.COMM_TYPE_SHARED)
    assert host.Get_size() == size
    host.Free()


def windows():
    lengths = of("d", [0.0] * size)
    done(world.Iallgather, of("d", [4.0]), lengths)
    window = MPI.Win.Allocate(32, 8, comm=world)
    memory = memoryview(window.tomemory()).cast("q")
    for each in range(4):
        memory[each] = 0
    done(world.Ibarrier)
    window.Lock_all()
    one, old = array("q", [1]), array("q", [0])
    for _ in range(100):
        window.Fetch_and_op([one, MPI.INT64_T], [old, MPI.INT64_T], 0, 0, MPI.SUM)
        window.Flush(0)
    window.Accumulate([array("q", [10 ** (rank + 1)]), MPI.INT64_T], 0, [1, 1, MPI.INT64_T], MPI.SUM)
    window.Flush_all()
    done(world.Ibarrier)
    window.Sync()
    assert memory[0] == 100 * size, memory[0]
    assert memory[1] == sum(10 ** (each + 1) for each in range(size)), memory[1]
    # Each Node rank put its square at 2, in whatever order, and one of them won the swap at 3.
    assert memory[2] in [each**2 for each in range(1, size)]
    assert memory[3] in range(1, size)
    window.Put([array("q", [77]), MPI.INT64_T], 1, [2, 1, MPI.INT64_T])
    window.Flush(1)
    done(world.Ibarrier)
    done(world.Ibarrier)
    window.Unlock_all()
    done(world.Ibarrier)
    window.Free()


CHECKS = [messages, probes, reductions, broadcasts, parts, uneven_parts, communicators, windows]

try:
    for check in CHECKS:
        check()
        done(world.Ibarrier)
except BaseException as error:
    print(f'{{"failed": "{check.__name__} of mpi4py", "rank": 0, "error": {ascii(repr(error))!r}}}', file=sys.stderr, flush=True)
    world.Abort(5)
