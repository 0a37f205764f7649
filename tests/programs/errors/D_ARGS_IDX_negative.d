/*
 * An index is not negative.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
syscall::write:entry { trace(args[-1]); }
BEGIN { exit(0); }
