/* %A without a process means the target; one without a target is refused (errors/D_PRINTF_ARG_TYPE_no_target).
 * @args: -q
 * @target: true
 * @mask: 0x[0-9a-f]+ => ADDRESS
 */
BEGIN { printf("%A\n", 1); exit(0); }
