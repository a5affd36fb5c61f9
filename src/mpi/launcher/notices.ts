const RULE = /^-{60,}$/;
/** Its first line: shared windows are not tested where ranks die; what the launcher does of them is. */
const KNOWN = /is not tested for post-failure/;
/** Lines that say nothing of use: of it, and of a race between mpiexec and the shell that it starts on another host. */
const NO_NEWS =
  /plm:ssh: Warning: setpgid|more process(es)? ha(s|ve) sent help message help-mpi-ft\.txt|MCA parameter ".*base_help_aggregate"/;

/** Passes on what mpiexec says line by line, without a notice that each launch would print. */
export class Notices {
  readonly #pass: (text: string) => void;
  #rest = '';
  #held: string | undefined;
  #within = false;

  constructor(pass: (text: string) => void) {
    this.#pass = pass;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#line(line);
  }

  /** Passes on the last line, though it does not end. */
  end(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
  }

  #line(line: string): void {
    if (this.#within) {
      this.#within = !RULE.test(line);
      return;
    }
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && KNOWN.test(line)) {
      this.#within = true;
      return;
    }
    if (held !== undefined) this.#pass(`${held}\n`);
    if (RULE.test(line)) this.#held = line;
    else if (!NO_NEWS.test(line)) this.#pass(`${line}\n`);
  }
}
