// `[acme_renewal_info]`: stub to be replaced
export const renewalInfoSection = 'acme_renewal_info';
