/* @status: 1
 * @args: -x errtags */
BEGIN { i = 3; @[stack(i)] = count(); exit(0); }
