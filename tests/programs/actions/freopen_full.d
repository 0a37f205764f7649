/* A full disk behind freopen ends the run with one line.
 * @args: -w -q
 * @status: 1
 */
BEGIN { freopen("/dev/full"); printf("lost\n"); }
BEGIN { exit(0); }
