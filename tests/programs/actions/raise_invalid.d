/* A number that is no signal is an illegal operation; 0 is none at all.
 * @args: -w -q
 * @target: true
 * @mask: offset \d+ => offset N
 * @mask: probe ID \d+ => probe ID N
 */
syscall::exit_group:entry /pid == $target/ { raise(0); printf("nothing\n"); }
syscall::exit_group:entry /pid == $target/ { raise(65); printf("never\n"); }
syscall::exit_group:entry /pid == $target/ { raise(-1); printf("never\n"); }
