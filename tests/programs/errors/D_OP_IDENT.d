/*
 * A member has a name.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
BEGIN { trace(curthread->1); exit(0); }
