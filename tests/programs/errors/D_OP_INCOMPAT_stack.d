/* @status: 1
 * @args: -x errtags */
BEGIN { s = stack(); s = 5; exit(0); }
