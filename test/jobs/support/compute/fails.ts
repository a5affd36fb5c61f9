export const split = (tasks: number) => Array.from({ length: tasks }, (_, index) => index);

export function run(task: number): number {
  if (task === 1) throw new Error('this one does not work');
  return task;
}

export const reduce = (results: number[]) => results.length;
