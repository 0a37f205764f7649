/*
 * @args: -xerrtags -xamin=Evolving/Evolving/Common
 * @status: 1
 */
BEGIN { exit(0); }
