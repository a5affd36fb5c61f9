export const split = ({ below }: { below: number }) => Array.from({ length: below }, (_, index) => index);
export const run = (task: number) => task ** 2;
export const reduce = (results: number[]) => results.reduce((sum, square) => sum + square, 0);
