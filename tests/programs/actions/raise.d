/* raise sends a signal to the process that fires: the child never gets to its echo.
 * @args: -w -q
 * @target: true
 */
syscall::exit_group:entry /pid == $target/ { printf("raised\n"); raise(15); }
END { printf("end\n"); }
