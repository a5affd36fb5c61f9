import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { findMpi } from '../../src/mpi/index.ts';

/** MPI of Open MPI 5 called through koffi, as one would without a binding: in a process in which it is started. */
export async function koffiMpi() {
  const { mpiexec } = await findMpi();
  const name = process.platform === 'darwin' ? 'libmpi.40.dylib' : 'libmpi.so.40';
  const path = join(dirname(dirname(mpiexec)), 'lib', name);
  const library = koffi.load(existsSync(path) ? path : name);
  // Open MPI's handles are addresses of its own variables.
  const world = library.symbol('ompi_mpi_comm_world') as unknown;
  const double = library.symbol('ompi_mpi_double') as unknown;
  const send = library.func('int MPI_Send(void *buffer, int count, void *type, int dest, int tag, void *comm)');
  const receive = library.func(
    'int MPI_Recv(void *buffer, int count, void *type, int source, int tag, void *comm, void *status)',
  );
  return {
    send: (array: Float64Array, dest: number, tag: number): void => {
      send(array, array.length, double, dest, tag, world);
    },
    receive: (array: Float64Array, source: number, tag: number): void => {
      receive(array, array.length, double, source, tag, world, null);
    },
  };
}
