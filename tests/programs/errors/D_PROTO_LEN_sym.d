/* @status: 1
 * @args: -x errtags */
BEGIN { @[sym(1, 2)] = count(); exit(0); }
