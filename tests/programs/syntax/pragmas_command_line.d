/*
 * The command line goes before the program, the program before the environment.
 * @args: -q -xstrsize=5
 * @env: DTRACE_OPT_RAWBYTES=on
 */
#pragma D option strsize=8
#pragma D option rawbytes=off

BEGIN { s = "0123456789abcdef"; trace(s); exit(0); }
