/* -F: an arrow and an indentation for what is called and comes back, a bar for other probes. The second clause of an entry is no call.
 * @args: -F
 * @target: true
 */
BEGIN { trace("begin"); }
syscall::exit_group:entry /pid == $target/ { trace(1); }
syscall::exit_group:entry /pid == $target/ { trace(2); }
