/* No such probe.
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { exit(0); }
syscall::nosuchcall:entry { trace(1); }
