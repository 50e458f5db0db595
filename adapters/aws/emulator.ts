/** Whether `AWS_ENDPOINT_URL` names an emulator on this machine. */
export const isEmulated = (): boolean => {
  const endpoint = process.env.AWS_ENDPOINT_URL ?? '';
  return URL.canParse(endpoint) && ['localhost', '127.0.0.1'].includes(new URL(endpoint).hostname);
};
