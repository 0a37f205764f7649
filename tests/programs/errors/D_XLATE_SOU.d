/*
 * @args: -xerrtags
 * @status: 1
 */
translator int < int T > { o = T; };
BEGIN { exit(0); }
