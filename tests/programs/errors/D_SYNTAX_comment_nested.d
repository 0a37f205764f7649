/*
 * @args: -xerrtags
 * @status: 1
 */
/* one /* two */ */
BEGIN { exit(0); }
