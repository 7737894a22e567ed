/**
 * What the UI says of a name that goes to another device. Apart from the rest, because it comes with the rooms: what is
 * painted first does not wait for it.
 */
const en = {
  title: "Use your name on another device",
  what: (paste: string) =>
    `Start Pendopo on the other device, join this server there, and open this link; or paste it at the login there (“${paste}”). It is good once.`,
  only: "Whoever opens it can write as you. Give it to nobody else.",
  qr: "The link, for a camera",
  copy: "Copy the link",
  making: "Making a link ...",
  left: (time: string) => `Good for ${time}`,
  used: (name: string) =>
    `The link was opened. Once that is confirmed there, the other device is ${name}, too.`,
  over: "The link was not used in time.",
  again: "Make another link",
  done: "Done",

  paste: "Go on with a name from another device",
  link: "Link",
  linkWhat: "On the other device: Profile and settings, Use your name on another device.",
  goOn: "Go on",
  asking: "Following the link ...",
  found: (name: string) => `Go on as ${name}?`,
  foundWhat: (name: string) => `This device can then write as ${name}, as the other one does.`,
  ownOnly:
    "Only go on with a link that you made yourself: who made it can read what you will write to anybody.",
  before: (name: string) => `Until now you are ${name} here. That name will be gone from this device.`,
  beforeWhat: (name: string) =>
    `If no other device has ${name}, make a link for it first: there is no way back.`,
  unsent: (count: number) =>
    count === 1
      ? "1 message or file has not been sent yet. It will be lost."
      : `${count} messages or files have not been sent yet. They will be lost.`,
  accept: (name: string) => `Go on as ${name}`,
  replace: (name: string) => `Become ${name}`,
  same: (name: string) => `This device is ${name} already`,
  sameWhat: "There is nothing to do. The link is used up now; make another one for another device.",
};

const id: typeof en = {
  title: "Pakai nama di perangkat lain",
  what: (paste) =>
    `Jalankan Pendopo di perangkat lain, masuk ke server ini di sana, lalu buka tautan ini; atau tempelkan di halaman masuknya (“${paste}”). Berlaku satu kali.`,
  only: "Siapa pun yang membukanya dapat menulis sebagai Anda. Jangan berikan kepada orang lain.",
  qr: "Tautan untuk kamera",
  copy: "Salin tautan",
  making: "Membuat tautan ...",
  left: (time) => `Berlaku ${time} lagi`,
  used: (name) => `Tautannya sudah dibuka. Setelah disetujui di sana, perangkat itu juga menjadi ${name}.`,
  over: "Tautan tidak dipakai pada waktunya.",
  again: "Buat tautan baru",
  done: "Selesai",

  paste: "Lanjutkan dengan nama dari perangkat lain",
  link: "Tautan",
  linkWhat: "Di perangkat lain: Profil dan pengaturan, Pakai nama di perangkat lain.",
  goOn: "Lanjutkan",
  asking: "Mengikuti tautan ...",
  found: (name) => `Lanjutkan sebagai ${name}?`,
  foundWhat: (name) => `Perangkat ini lalu dapat menulis sebagai ${name}, seperti perangkat yang lain.`,
  ownOnly:
    "Lanjutkan hanya dengan tautan yang Anda buat sendiri: pembuatnya dapat membaca semua yang akan Anda tulis.",
  before: (name) => `Sampai sekarang Anda ${name} di sini. Nama itu akan hilang dari perangkat ini.`,
  beforeWhat: (name) =>
    `Kalau ${name} tidak ada di perangkat lain, buatlah dulu tautan untuknya: tidak ada jalan kembali.`,
  unsent: (count) => `${count} pesan atau berkas belum terkirim, dan akan hilang.`,
  accept: (name) => `Lanjutkan sebagai ${name}`,
  replace: (name) => `Menjadi ${name}`,
  same: (name) => `Perangkat ini sudah ${name}`,
  sameWhat: "Tidak ada yang perlu dilakukan. Tautannya sudah terpakai; buat yang baru untuk perangkat lain.",
};

/** By language. */
export const carryWords = { en, id };
