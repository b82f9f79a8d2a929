#!/bin/sh
# Recreates the stores in this folder, with keytool of JDK 9 or later and openssl. The keys protect nothing.
# The password is changeit, that of the key in client.jks keypass. *-legacy.p12 files are encrypted as by Java 8
# (RC2-40 and 3DES), open.p12 is not encrypted.
set -e
cd "$(dirname "$0")"
rm -f ./*.jks ./*.p12 ./*.pem
days=36500
legacy=-J-Dkeystore.pkcs12.legacy

keytool -genkeypair -alias ca -keyalg EC -dname CN=ca -ext bc:c -validity $days -keystore ca.tmp -storepass changeit
keytool -exportcert -rfc -alias ca -keystore ca.tmp -storepass changeit -file ca.pem

# client FILE TYPE KEY_ALGORITHM KEY_PASSWORD [OPTION]: creates a key with a certificate signed by the authority
client() {
  keytool $5 -genkeypair -alias client -keyalg "$3" -dname CN=client -validity $days -keystore "$1" -storetype "$2" -storepass changeit -keypass "$4"
  keytool $5 -certreq -alias client -keystore "$1" -storepass changeit -keypass "$4" |
    keytool -gencert -alias ca -ext san=dns:localhost -validity $days -rfc -keystore ca.tmp -storepass changeit |
    cat - ca.pem >chain.tmp
  keytool $5 -importcert -noprompt -alias client -file chain.tmp -keystore "$1" -storepass changeit -keypass "$4"
}
# trust FILE TYPE [OPTION]: creates a trust store with the authority's certificate
trust() {
  keytool $3 -importcert -noprompt -alias ca -file ca.pem -keystore "$1" -storetype "$2" -storepass changeit
}
client client.jks JKS EC keypass
client client.p12 PKCS12 EC changeit
client client-legacy.p12 PKCS12 RSA changeit $legacy
trust trust.jks JKS
trust trust.p12 PKCS12
trust trust-legacy.p12 PKCS12 $legacy
trust open.p12 PKCS12 "-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE -J-Dkeystore.pkcs12.macAlgorithm=NONE"
openssl pkcs12 -export -nokeys -in ca.pem -passout pass:changeit -out certificates.p12
openssl pkcs12 -export -nokeys -nomac -certpbe AES-256-CBC -in ca.pem -passout pass:changeit -out no-mac.p12
openssl pkcs12 -export -nokeys -in ca.pem -passout pass:schlüssel -out umlaut.p12
openssl pkcs12 -in client.p12 -passin pass:changeit -passout pass:changeit -out client.pem
for type in jks p12; do
  cp trust.$type empty.$type
  keytool -delete -alias ca -keystore empty.$type -storepass changeit
done
rm ./*.tmp
