/*
 * A tag and a variable of one name.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int PIDTYPE_PID;
enum pid_type t;
BEGIN { trace(t == PIDTYPE_PID); exit(0); }
