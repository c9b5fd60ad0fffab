#include "libs/openssl/certificate_validity.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <climits>
#include <ctime>

#include "libs/openssl/handle.h"

namespace signet::openssl {
namespace {

BioHandle Reader(std::string_view text) {
  if (text.size() > INT_MAX) return nullptr;
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Never asks for a passphrase: an encrypted key does not parse.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

CertificateHandle ReadCertificate(BIO* bio) {
  return CertificateHandle(PEM_read_bio_X509(bio, nullptr, NoPassphrase, nullptr));
}

absl::Status NotACertificate() {
  ERR_clear_error();
  return absl::InvalidArgumentError("is not a PEM certificate (-----BEGIN CERTIFICATE-----)");
}

absl::StatusOr<int64_t> UnixSeconds(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return NotACertificate();
  return static_cast<int64_t>(timegm(&utc));
}

}  // namespace

absl::StatusOr<Validity> CertificateValidity(std::string_view chain_pem) {
  const BioHandle bio = Reader(chain_pem);
  const CertificateHandle certificate = bio == nullptr ? nullptr : ReadCertificate(bio.get());
  if (certificate == nullptr) return NotACertificate();
  const absl::StatusOr<int64_t> begin = UnixSeconds(X509_get0_notBefore(certificate.get()));
  const absl::StatusOr<int64_t> end = UnixSeconds(X509_get0_notAfter(certificate.get()));
  if (!begin.ok()) return begin.status();
  if (!end.ok()) return end.status();
  return Validity{*begin, *end};
}

absl::StatusOr<std::vector<std::string>> CertificateUris(std::string_view chain_pem) {
  const BioHandle bio = Reader(chain_pem);
  const CertificateHandle certificate = bio == nullptr ? nullptr : ReadCertificate(bio.get());
  if (certificate == nullptr) return NotACertificate();
  const GeneralNamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = -1;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type != GEN_URI) continue;
    const auto* uri = static_cast<const ASN1_STRING*>(value);
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  ERR_clear_error();
  return uris;
}

absl::StatusOr<bool> PrivateKeyFits(std::string_view chain_pem, const Secret& key_pem) {
  const BioHandle chain = Reader(chain_pem);
  const CertificateHandle certificate = chain == nullptr ? nullptr : ReadCertificate(chain.get());
  if (certificate == nullptr) return NotACertificate();
  const BioHandle bio = Reader(key_pem.reveal());
  const KeyHandle key(bio == nullptr
                          ? nullptr
                          : PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    ERR_clear_error();
    return absl::InvalidArgumentError(
        "is not an unencrypted PEM private key (-----BEGIN PRIVATE KEY-----)");
  }
  const bool fits = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  return fits;
}

absl::Status CheckCertificates(std::string_view pem) {
  const BioHandle bio = Reader(pem);
  if (bio == nullptr) return NotACertificate();
  int count = 0;
  while (ReadCertificate(bio.get()) != nullptr) ++count;
  // The end of the text is the only failure that is none.
  const unsigned long error = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (count == 0 || !at_end) return NotACertificate();
  ERR_clear_error();
  return absl::OkStatus();
}

}  // namespace signet::openssl
