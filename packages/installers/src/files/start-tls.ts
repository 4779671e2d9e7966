// The plain dialogue of mail protocols up to the point where TLS starts (RFC 3207, RFC 9051 §6.2.1, RFC 2595 §4).
import type { Socket } from 'node:net';

import type { StartTls } from './target.ts';

/** What a client says, and what ends the server's answer. The first entry awaits the greeting. */
const dialogues: Readonly<Record<StartTls, readonly { readonly send: string | undefined; readonly accept: RegExp }[]>> = {
  smtp: [
    { send: undefined, accept: /^220 /m },
    { send: 'EHLO certward.invalid\r\n', accept: /^250 /m },
    { send: 'STARTTLS\r\n', accept: /^220 /m },
  ],
  imap: [
    { send: undefined, accept: /^\* OK/m },
    { send: 'a STARTTLS\r\n', accept: /^a OK/m },
  ],
  pop3: [
    { send: undefined, accept: /^\+OK/m },
    { send: 'STLS\r\n', accept: /^\+OK/m },
  ],
};

const refusal = /^(?:[45]\d\d |a (?:NO|BAD)|-ERR)/m;
const longestAnswer = 16_384;

/** Leads the dialogue; resolves when the server expects a TLS handshake. */
export async function startTls(socket: Socket, protocol: StartTls): Promise<void> {
  for (const { send, accept } of dialogues[protocol]) {
    const answered = nextAnswer(socket, accept);
    if (send !== undefined) socket.write(send);
    await answered;
  }
}

function nextAnswer(socket: Socket, accept: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (error?: Error) => {
      socket.off('data', onData).off('error', settle).off('close', onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onClose = () => settle(new Error('the server closed the connection'));
    const onData = (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (refusal.test(text)) settle(new Error(`the server refused TLS: ${text.trim().slice(0, 200)}`));
      else if (accept.test(text)) settle();
      else if (text.length > longestAnswer) settle(new Error('the server does not speak this protocol'));
    };
    socket.on('data', onData).on('error', settle).on('close', onClose);
  });
}
