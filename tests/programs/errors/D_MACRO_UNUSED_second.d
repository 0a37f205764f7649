/* Every program of a command line must name the last argument: here the second does not.
 * @args: -xerrtags -n BEGIN{trace($2);}
 * @operands: 1 second
 * @status: 1
 */
BEGIN { exit($1); }
